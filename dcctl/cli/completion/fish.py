"""The script for fish, with the summary of each word beside it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.cli.completion.words import Option, Values, Words

_BEGINNING = """\
# Completion of dcctl for fish, made by: dcctl completion fish
# Keep it with:  dcctl completion fish > ~/.config/fish/completions/dcctl.fish

# Names of things, by the noun: asked of dcctl with the options that stand before the noun.
function __dcctl_names
    set -l before
    for word in (commandline -opc)[2..]
        contains -- $word {nouns}; and break
        set -a before $word
    end
    command dcctl $before $argv[1] list -q 2>/dev/null
end

complete -c dcctl -f
"""


def script(words: Words) -> str:
    """The whole script. Summaries are the only texts that are not single words; they are quoted."""
    nouns = [name for noun in words.nouns for name in noun.names]
    return _BEGINNING.format(nouns=" ".join(nouns)) + "\n".join(_lines(words, " ".join(nouns))) + "\n"


def _lines(words: Words, nouns: str) -> Iterator[str]:
    start = f"not __fish_seen_subcommand_from {nouns}"
    for noun in words.nouns:
        yield f"complete -c dcctl -n {_quoted(start)} -a {noun.names[0]} -d {_quoted(noun.summary)}"
    for option in words.options:
        yield _option(start, option)
    for noun in words.nouns:
        inside = f"__fish_seen_subcommand_from {' '.join(noun.names)}"
        verbs = " ".join(verb.name for verb in noun.verbs)
        for verb in noun.verbs:
            before = f"{inside}; and not __fish_seen_subcommand_from {verbs}"
            after = f"{inside}; and __fish_seen_subcommand_from {verb.name}"
            yield f"complete -c dcctl -n {_quoted(before)} -a {verb.name} -d {_quoted(verb.summary)}"
            if takes := _takes(verb.arguments):
                yield f"complete -c dcctl -n {_quoted(after)} {takes}"
            for option in verb.options:
                yield _option(after, option)


def _option(condition: str, option: Option) -> str:
    spelled = " ".join(f"-l {word[2:]}" if word.startswith("--") else f"-s {word[1:]}" for word in option.spellings)
    value = "" if option.values is None else f" -x {_takes(option.values)}".rstrip()
    if option.values is not None and option.values.files:
        value = " -r -F"
    return f"complete -c dcctl -n {_quoted(condition)} {spelled}{value} -d {_quoted(option.summary)}"


def _takes(values: Values) -> str:
    if values.files:
        return "-F"
    if values.noun is not None:
        return f"-a '(__dcctl_names {values.noun})'"
    return f"-a {_quoted(' '.join(values.words))}" if values.words else ""


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
