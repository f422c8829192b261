"""`python -m neurona` is the command line `neurona`."""

from neurona.cli import program

if __name__ == "__main__":
    program()
