"""`python -m langnghe` is the `langnghe` program."""

from langnghe.program import main

if __name__ == "__main__":
    main()
