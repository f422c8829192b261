"""`python -m neurona` is the command line `neurona`."""

from neurona.cli import main

if __name__ == "__main__":
    main()
