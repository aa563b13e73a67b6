"""`python -m midfill.engine.cli`: the `midfill` command where it is not on the PATH."""

from midfill.engine.cli.main import main

main()
