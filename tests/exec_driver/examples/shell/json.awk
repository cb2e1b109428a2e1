# Flattens one JSON document to lines of a path, a tab and a value, such as "spec.image.id<TAB>idle" or "spec.ssh_keys.0<TAB>ssh-…".
# Escapes of control characters in texts stay as they are, so that a value is one line.

{ rest = rest $0 "\n" }

END {
    value("")
    skip()
    if (rest != "") fail("the end")
}

function fail(expected) {
    print "json.awk: expected " expected " before: " substr(rest, 1, 40) > "/dev/stderr"
    exit 1
}

function skip() { sub(/^[ \t\r\n]+/, "", rest) }

function starts(character) {
    skip()
    return substr(rest, 1, 1) == character
}

function take(length_taken,    taken) {
    taken = substr(rest, 1, length_taken)
    rest = substr(rest, length_taken + 1)
    return taken
}

function text(    taken) {
    skip()
    if (!match(rest, /^"([^"\\]|\\.)*"/)) fail("a text")
    taken = take(RLENGTH)
    taken = substr(taken, 2, length(taken) - 2)
    gsub(/\\"/, "\"", taken)
    gsub(/\\\//, "/", taken)
    gsub(/\\\\/, "\\", taken)
    return taken
}

function value(path) {
    if (starts("{")) { object(path); return }
    if (starts("[")) { list(path); return }
    if (starts("\"")) { print path "\t" text(); return }
    if (!match(rest, /^[-+0-9.a-zA-Z]+/)) fail("a value")
    print path "\t" take(RLENGTH)
}

function object(path,    name) {
    take(1)
    if (starts("}")) { take(1); return }
    do {
        name = text()
        if (!starts(":")) fail("a colon")
        take(1)
        value(path == "" ? name : path "." name)
    } while (starts(",") && take(1) != "")
    if (!starts("}")) fail("a closing brace")
    take(1)
}

function list(path,    position) {
    take(1)
    if (starts("]")) { take(1); return }
    position = 0
    do {
        value(path "." position)
        position++
    } while (starts(",") && take(1) != "")
    if (!starts("]")) fail("a closing bracket")
    take(1)
}
