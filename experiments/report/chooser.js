// The page is whole without this script. It adds the values under the pointer, tables that can be
// sorted, and the choice of plans, future, place and measure in the pictures by year.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const MINUS = "\u2212";

  // Values under the pointer or the focus: anything with data-tip.

  const tip = document.getElementById("tip");
  function show(text, x, y) {
    tip.textContent = text;
    tip.hidden = false;
    const left = Math.min(innerWidth - tip.offsetWidth - 8, x - tip.offsetWidth / 2);
    const above = y - tip.offsetHeight - 14;
    tip.style.left = Math.max(8, left) + "px";
    tip.style.top = (above < 0 ? y + 18 : above) + "px";
  }
  const hide = () => { tip.hidden = true; };
  document.addEventListener("pointermove", (event) => {
    const of = event.target.closest("[data-tip]");
    if (of) show(of.dataset.tip, event.clientX, event.clientY);
    else hide();
  });
  document.addEventListener("focusin", (event) => {
    const of = event.target.closest("[data-tip]");
    if (!of) return hide();
    const box = of.getBoundingClientRect();
    show(of.dataset.tip, box.left + box.width / 2, box.top);
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("scroll", hide, { passive: true });

  // A link into the folded part opens it.

  all('a[href^="#an-"]').forEach((link) => link.addEventListener("click", () => {
    let at = document.getElementById(link.hash.slice(1));
    for (; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  }));

  // Tables: a press on a head sorts by it, most first, and then least first.

  function sortBy(head) {
    const table = head.closest("table"), column = head.cellIndex;
    const down = head.getAttribute("aria-sort") !== "descending";
    const value = (row) => {
      const cell = row.cells[column];
      return cell && cell.dataset.v ? Number(cell.dataset.v) : -Infinity;
    };
    all("th[aria-sort]", table).forEach((other) => other.setAttribute("aria-sort", "none"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows];
    rows.sort((one, other) => (down ? value(other) - value(one) : value(one) - value(other)) || 0);
    table.tBodies[0].append(...rows);
  }
  all("th[aria-sort]").forEach((head) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sortBy(head));
  });

  // Pictures by year.

  const source = document.getElementById("years-data"), form = document.querySelector(".choose");
  if (!source || !form) return;
  const data = JSON.parse(source.textContent);
  const plots = all(".yr"), years = data.years;
  let year = years;

  const asChange = () => form.elements.show.value === "change";
  const chosen = () => all("[name=plan]:checked", form).map((box) => box.value);
  const names = Object.keys(data.plans);
  function levels(measure, plan) {
    const { place, future } = form.elements;
    const at = [[data.measures, measure], [data.places, place.value], [names, plan],
      [data.futures, future.value]];
    return at.reduce((values, [list, name]) => values[list.indexOf(name)], data.values);
  }

  function series(measure, plan) {
    const own = levels(measure, plan);
    if (!asChange()) return own;
    const base = levels(measure, data.base);
    return own.map((v, y) => {
      if (v === null || base[y] === null) return null;
      return v === base[y] ? 0 : base[y] === 0 ? null : (v / base[y] - 1) * 100;
    });
  }

  function inWords(value) {
    if (value === null) return "?";
    if (!asChange()) return Math.round(value).toLocaleString("en");
    const size = Math.abs(value);
    if (size < 0.05) return "0%";
    return (value > 0 ? "+" : MINUS) + size.toFixed(size < 2 ? 1 : 0) + "%";
  }

  function read(plot) {
    const shown = chosen().filter((plan) => !asChange() || plan !== data.base);
    const parts = shown.map((plan) =>
      data.plans[plan].inside + " " + inWords(series(plot.dataset.measure, plan)[year]));
    const when = year ? data.words.year + " " + year : data.words.before;
    const rule = plot.querySelector(".rule"), line = plot.parentNode.querySelector(".rd");
    rule.style.left = (100 * year) / years + "%";
    rule.style.display = "block";
    line.textContent = parts.length ? when + ": " + parts.join(", ") : data.words.choose;
  }

  // An axis with steps of 1, 2 or 5 that holds the lowest and the highest value.
  function axis(low, high) {
    const raw = (high - low) / 3.2, size = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((k) => k * size).find((one) => one >= raw);
    const ticks = [];
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9; k += 1) ticks.push(k * step);
    return { at: (v) => (100 * (v - low)) / (high - low), ticks, step };
  }

  function tickText(value, step) {
    const digits = step < 1 ? Math.ceil(-Math.log10(step)) : 0;
    if (!asChange()) {
      return value >= 10000 ? value / 1000 + "k" : value.toLocaleString("en");
    }
    return (value > 0 ? "+" : value < 0 ? MINUS : "") + Math.abs(value).toFixed(digits) + "%";
  }

  function range(lines) {
    const known = lines.flat().filter((v) => v !== null);
    if (asChange()) {
      return [Math.min(-5, ...known) * 1.1, Math.max(5, ...known) * 1.1];
    }
    return [0, Math.max(1, ...known) * 1.1];
  }

  function marked(tag, name, bottom, text = "") {
    const mark = document.createElement(tag);
    mark.className = name;
    mark.style.bottom = bottom + "%";
    mark.textContent = text;
    return mark;
  }

  function drawLines(svg, plans, lines, scale) {
    svg.replaceChildren(...plans.map((plan, k) => {
      const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
      const points = lines[k].map((v, y) => [v, y]).filter(([v]) => v !== null);
      line.setAttribute("points",
        points.map(([v, y]) => (100 * y) / years + "," + (100 - scale.at(v))).join(" "));
      line.setAttribute("stroke", data.plans[plan].colour);
      line.setAttribute("stroke-dasharray", data.plans[plan].dash);
      return line;
    }));
  }

  function drawKey(plans) {
    document.querySelector(".fkey").replaceChildren(...plans.map((plan) => {
      const entry = document.createElement("span");
      entry.className = "k";
      entry.innerHTML = '<svg width="26" height="8" aria-hidden="true">' +
        '<line x2="26" y1="4" y2="4" stroke-width="3"/></svg> ';
      const line = entry.querySelector("line");
      line.setAttribute("stroke", data.plans[plan].colour);
      line.setAttribute("stroke-dasharray", data.plans[plan].dash);
      entry.append(data.plans[plan].name);
      return entry;
    }));
  }

  function draw() {
    const plans = chosen();
    const lines = plots.map((plot) => plans.map((plan) => series(plot.dataset.measure, plan)));
    plots.forEach((plot, k) => {
      const scale = axis(...range(asChange() ? lines.flat() : lines[k]));
      all(".gl, .yt", plot).forEach((old) => old.remove());
      scale.ticks.forEach((v) => plot.prepend(
        marked("i", "gl", scale.at(v)),
        marked("b", "yt", scale.at(v), tickText(v, scale.step))));
      drawLines(plot.querySelector("svg"), plans, lines[k], scale);
      read(plot);
    });
    drawKey(plans);
    document.querySelector(".scale").textContent =
      asChange() ? data.words.one_scale : data.words.own_scale;
  }

  function go(to) {
    year = Math.max(0, Math.min(years, to));
    plots.forEach(read);
  }
  form.hidden = false;
  form.addEventListener("change", draw);
  plots.forEach((plot) => {
    plot.addEventListener("pointermove", (event) => {
      const box = plot.getBoundingClientRect();
      go(Math.round(((event.clientX - box.left) / box.width) * years));
    });
    plot.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, Home: -years, End: years }[event.key];
      if (!step) return;
      event.preventDefault();
      go(year + step);
    });
  });
  draw();
})();
