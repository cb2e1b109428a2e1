"""Where images come from: a file, standard input or a URL, and what has to happen until a driver can publish one. Knows no driver.

checksums    what a digest is, and the files in which people publish them
parts        files in the cache directory that are only partly there, and who works on them
temporaries  files there of one command, and what killed ones left
http         one answer of a server
download     a URL to a file, going on where an earlier attempt broke off
rewriting    the disk of an instance on its way to an image: reset (``resetting``, by ``guestfish``), compressed (``conversion``)
"""
