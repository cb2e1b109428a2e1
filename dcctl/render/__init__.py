"""From model objects to text on streams: tables for people, data for scripts. Parses no arguments and asks no driver.

    output = Output(INSTANCE, OutputOptions(format=Format.JSON), Terminal(sys.stdout, environ=os.environ))
    output.list(rows)

What a noun looks like is written once, in ``dcctl.render.nouns``: its columns (tables, CSV, filters, sorting) and its record (JSON, YAML).
"""
