"""How the SVG looks, and how wide its words are."""

from __future__ import annotations

from dcctl.model import Trigger

FONT_SIZE = 14.0
LABEL_SIZE = 12.0
NOTE_SIZE = 11.0

_WIDE = 0.62
"""Width of a letter as a part of the font's size: the mean of the letters of our words in DejaVu Sans, the widest of the usual fonts."""

# Everything is scoped by the class of the root, so that a page may contain several drawings and styles of its own.
STYLE = """
.dcctl-states text { font-family: system-ui, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; fill: #1f2630 }
.dcctl-states .title { font-size: 16px; font-weight: 600 }
.dcctl-states .name { font-size: 14px; text-anchor: middle }
.dcctl-states .label { font-size: 12px }
.dcctl-states .automatic text, .dcctl-states .note { font-style: italic }
.dcctl-states .note { font-size: 11px; text-anchor: middle; fill: #566170 }
.dcctl-states .page { fill: #ffffff }
.dcctl-states .state { fill: #f1f4f8; stroke: #5b6675; stroke-width: 1.4 }
.dcctl-states .start { fill: #dff5e5; stroke: #1a7f37; stroke-width: 1.6 }
.dcctl-states .finish { fill: #fde7e5; stroke: #c0271d; stroke-width: 1.6 }
.dcctl-states .ring { fill: none }
.dcctl-states .now .state, .dcctl-states .now .start, .dcctl-states .now .finish { fill: #dbeafe; stroke: #1d4ed8; stroke-width: 3.2 }
.dcctl-states .now .name { font-weight: 700 }
.dcctl-states .now .badge { font-size: 11px; font-weight: 700; text-anchor: middle; fill: #1d4ed8 }
.dcctl-states .line { fill: none; stroke: #4a5564; stroke-width: 1.4 }
.dcctl-states .automatic .line { stroke-dasharray: 6 4 }
.dcctl-states .spontaneous .line { stroke-dasharray: 0.1 4.5; stroke-width: 2.2; stroke-linecap: round }
.dcctl-states .head { fill: #4a5564 }
@media (prefers-color-scheme: dark) {
  .dcctl-states text { fill: #e6eaf0 }
  .dcctl-states .note { fill: #a8b3c2 }
  .dcctl-states .page { fill: #14181d }
  .dcctl-states .state { fill: #232a33; stroke: #93a0b1 }
  .dcctl-states .start { fill: #12301c; stroke: #4cc26b }
  .dcctl-states .finish { fill: #3a1715; stroke: #f0776e }
  .dcctl-states .ring { fill: none }
  .dcctl-states .now .state, .dcctl-states .now .start, .dcctl-states .now .finish { fill: #17305c; stroke: #7fb0ff }
  .dcctl-states .now .badge { fill: #9cc2ff }
  .dcctl-states .line { stroke: #aab5c3 }
  .dcctl-states .head { fill: #aab5c3 }
}
"""

LEGEND = {
    Trigger.ACTION: "when asked for",
    Trigger.AUTOMATIC: "follows by itself",
    Trigger.SPONTANEOUS: "may happen at any time",
}


def text_width(text: str, size: float) -> float:
    """About how wide the text is, rather too much than too little."""
    return len(text) * size * _WIDE
