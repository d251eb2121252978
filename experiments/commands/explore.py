"""`streetlight explore`: the page for teaching, served to this machine until Ctrl-C."""

from __future__ import annotations

from importlib.util import find_spec

from streetlight.model.errors import InputError

NEEDED = ("solara", "solara_assets", "altair")  # the extra `explore`
INSTALL = 'pip install -e ".[explore]"'


def explore(*, port: int = 8765, open_browser: bool = True) -> int:
    """Serve the page on 127.0.0.1; port 0 takes any free one.

    InputError if the extra is not installed or the port is taken.
    """
    missing = [name.replace("_", "-") for name in NEEDED if find_spec(name) is None]
    if missing:
        raise InputError(
            f"explore: {', '.join(missing)} not installed: the page needs the extra, {INSTALL}"
        )
    from streetlight.experiments.explorer.server import free_port, serve
    from streetlight.experiments.running.cells import compile_kernels, compiling, is_compiled

    port = free_port(port)
    if not is_compiled():
        print(compiling(), flush=True)
        compile_kernels()
    serve(port, open_browser=open_browser)
    return 0
