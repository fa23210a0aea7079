"""The command line: one file per command. Only `view`, `run` and `demo` reach the screens, and only when called."""
