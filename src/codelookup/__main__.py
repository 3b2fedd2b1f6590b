from codelookup.cli import main

main()
