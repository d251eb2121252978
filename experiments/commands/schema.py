"""`streetlight schema`: the JSON Schema of the experiment file, for editors."""

from __future__ import annotations

from pathlib import Path

from streetlight.experiments.commands.writing import cannot_be_written, check_out
from streetlight.experiments.schema.json_schema import is_schema, schema_text
from streetlight.model.errors import InputError


def show_schema(out: Path | None = None) -> int:
    """Print the schema, or write it to a file; an older schema there is replaced.

    InputError, and nothing written, when anything else is there or the file cannot be written.
    """
    if out is None:
        print(schema_text(), end="")
    else:
        check_out(out)
        try:
            if (out.exists() or out.is_symlink()) and not is_schema(out):
                raise InputError(
                    f"--out: {out}: is there already, and no schema of an experiment file; "
                    "choose another name"
                )
            out.write_text(schema_text(), encoding="utf-8", newline="\n")
        except OSError as error:
            raise cannot_be_written(out, error) from None
        print(f"wrote {out}")
    return 0
