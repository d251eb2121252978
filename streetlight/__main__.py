"""`python -m streetlight` is the command `streetlight`."""

from streetlight.experiments.__main__ import main

main()
