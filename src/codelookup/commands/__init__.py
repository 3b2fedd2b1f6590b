"""One module a command: arguments in, a document made, a renderer called, exit code out."""
