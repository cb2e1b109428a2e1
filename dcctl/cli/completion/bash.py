"""The script for bash, which zsh takes too."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from dcctl.cli.completion.words import Option, Values, Words

# What follows the options and the noun is found by walking over the words before the cursor. The case statements are the tree.
_SCRIPT = """\
# Completion of dcctl for bash, made by: dcctl completion bash
# Try it with:    source <(dcctl completion bash)
# Keep it with:   dcctl completion bash > ~/.local/share/bash-completion/completions/dcctl

# Whether an option of the program itself takes a value.
_dcctl_global_value() {{
    case $1 in {global_values}) return 0 ;; esac
    return 1
}}

# One of the names of a noun as its canonical one; ? for what is none.
_dcctl_noun() {{
    case $1 in
{nouns}
        *) echo '?' ;;
    esac
}}

# What stands after an option: words, =NOUN for names of such things, / for files, ? for what nobody can guess.
# Nothing: the option takes no value.
_dcctl_value() {{
    case $1 in
{values}
    esac
}}

# What stands after a verb, as above.
_dcctl_arguments() {{
    case $1 in
{arguments}
    esac
}}

_dcctl_options() {{
    case $1 in
{options}
    esac
}}

_dcctl() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}
    local noun= verb= expected= index word
    local -a before=()
    COMPREPLY=()
    for ((index = 1; index < COMP_CWORD; index++)); do
        word=${{COMP_WORDS[index]}}
        if [[ -z $noun && $word == -* ]] && _dcctl_global_value "$word"; then
            # Bash makes a word of the = in --driver=mock.
            ((index++))
            [[ ${{COMP_WORDS[index]}} == = ]] && ((index++))
            ((index < COMP_CWORD)) && before+=("$word" "${{COMP_WORDS[index]}}")
        elif [[ -z $noun && $word == -* ]]; then
            before+=("$word")
        elif [[ -z $noun ]]; then
            noun=$(_dcctl_noun "$word")
        elif [[ -z $verb && $word != -* ]]; then
            verb=$word
        fi
    done
    if [[ $current == = ]]; then
        current=
    elif [[ $previous == = ]]; then
        previous=${{COMP_WORDS[COMP_CWORD-2]}}
    fi
    expected=$(_dcctl_value "$noun $verb $previous")
    if [[ -z $expected && $current == -* ]]; then
        expected=$(_dcctl_options "$noun $verb")
    elif [[ -z $expected ]]; then
        expected=$(_dcctl_arguments "$noun $verb")
    fi
    case $expected in
        /)
            compopt -o filenames 2>/dev/null  # zsh has no such command and needs none
            COMPREPLY=($(compgen -f -- "$current"))
            ;;
        =*) COMPREPLY=($(compgen -W "$(dcctl "${{before[@]}}" "${{expected#=}}" list -q 2>/dev/null)" -- "$current")) ;;
        '?') ;;
        *) COMPREPLY=($(compgen -W "$expected" -- "$current")) ;;
    esac
}}

complete -F _dcctl dcctl
"""


def script(words: Words) -> str:
    """The whole script. Every word in it is one of our own options, nouns or keys: nothing comes from outside."""
    values: dict[str, list[str]] = {}
    _note_values(values, " ", words.options)
    arguments = {" ": [_listed(noun.names[0] for noun in words.nouns)]}
    options = {" ": [_spelled(words.options)]}
    for noun in words.nouns:
        arguments[f"{noun.names[0]} "] = [_listed(verb.name for verb in noun.verbs)]
        for verb in noun.verbs:
            place = f"{noun.names[0]} {verb.name}"
            _note_values(values, place, verb.options)
            arguments[place] = [_expected(verb.arguments)]
            options[place] = [_spelled(verb.options)]
    return _SCRIPT.format(
        global_values="|".join(s for option in words.options if option.values is not None for s in option.spellings),
        nouns="\n".join(f"        {'|'.join(noun.names)}) echo {noun.names[0]} ;;" for noun in words.nouns),
        values=_cases(values),
        arguments=_cases(_by_text(arguments)),
        options=_cases(_by_text(options)),
    )


def _note_values(values: dict[str, list[str]], place: str, options: Iterable[Option]) -> None:
    """Under what an option expects: where it stands. see the comments in the script."""
    for option in options:
        if option.values is not None:
            values.setdefault(_expected(option.values), []).extend(f"{place} {word}" for word in option.spellings)


def _expected(values: Values) -> str:
    if values.files:
        return "/"
    if values.noun is not None:
        return f"={values.noun}"
    return " ".join(values.words) or "?"


def _by_text(texts: dict[str, list[str]]) -> dict[str, list[str]]:
    """The places that have the same text, together."""
    places: dict[str, list[str]] = {}
    for place, (text,) in texts.items():
        places.setdefault(text, []).append(place)
    return places


def _cases(cases: dict[str, list[str]]) -> str:
    """Arms of a case statement: several places, one text."""
    return "\n".join(
        f"        {'|'.join(chr(39) + place + chr(39) for place in places)}) echo '{text}' ;;"
        for text, places in cases.items()
    )


def _spelled(options: Iterable[Option]) -> str:
    return _listed(word for option in options for word in option.spellings if word.startswith("--"))


def _listed(words: Iterable[str]) -> str:
    return " ".join(words)
