"""How a gallery looks on a screen, on a telephone and on paper."""

STYLE = """
  section { display: grid; grid-template-columns: 15rem 1fr; gap: 1.5rem; margin-top: 1.5rem;
    border-top: 1px solid #ddd; padding-top: 1.5rem; }
  section > div { position: sticky; top: 1rem; align-self: start; }
  section > div > img { display: block; width: 100%; max-height: 60vh; object-fit: contain;
    object-position: left top; }
  h2 { font-size: 1rem; margin: 0.5rem 0 0; overflow-wrap: anywhere; }
  section p { color: #555; font-size: 0.85rem; margin: 0.2rem 0 0; }
  figure { display: inline-block; width: 45%; margin: 0.6rem 0.4rem 0 0; vertical-align: top; }
  figure img { box-sizing: border-box; width: 100%; border: 3px solid #009e3c; }
  figcaption { font-size: 0.78rem; line-height: 1.3; color: #006b2b; overflow-wrap: anywhere; }
  ol { list-style: none; margin: 0; padding: 0; display: grid;
    grid-template-columns: repeat(auto-fill, minmax(6.4rem, 1fr)); gap: 1rem 0.7rem; }
  li { font-size: 0.82rem; line-height: 1.35; overflow-wrap: anywhere; break-inside: avoid; }
  li small { font-size: 0.9em; }
  li label { display: block; cursor: zoom-in; }
  li input { position: absolute; opacity: 0; }
  li img, li > span { display: flex; box-sizing: border-box; width: 100%; aspect-ratio: 20 / 29;
    object-fit: contain; background: #fff; border: 1px solid #ddd; margin-bottom: 0.2rem; }
  li > span { align-items: center; justify-content: center; color: #666; }
  li input:focus-visible + img { outline: 3px solid #06c; }
  li input:checked + img { position: fixed; inset: 2vh 0; z-index: 1; width: min(96vw, 66vh);
    height: 96vh; margin: 0 auto; cursor: zoom-out; box-shadow: 0 0 0 100vmax #0009; }
  li b, li i { font-style: normal; font-variant-numeric: tabular-nums; }
  li i { float: right; }
  li.match img, li.match > span { border: 3px solid #009e3c; }
  li.match em { display: block; color: #006b2b; font-style: normal; font-weight: 600; }
  fieldset { border: 0; margin: 0.8rem 0 0; padding: 0; }
  fieldset label { display: inline-block; margin: 0 1rem 0.2rem 0; }
  @media print, (max-width: 700px) {
    section { grid-template-columns: 1fr; gap: 1rem; } h2 { margin: 0; }
    section > div { position: static; break-inside: avoid; }
    section > div > img { float: left; width: 8rem; margin-right: 1rem; }
    section > div::after { content: ""; display: block; clear: both; }
    figure { width: 4rem; }
  }
  @media (max-width: 700px) { body { margin: 1rem auto; } }
  @media print {
    body { margin: 0; max-width: none; padding: 0; font-size: 12px; }
    h1 { font-size: 1.3rem; margin-top: 0; }
    .note { margin: 0; } fieldset { display: none; }
    section { margin-top: 0.4rem; padding-top: 0.5rem; gap: 0.6rem; }
    section + section { break-before: page; border: 0; }
    section > div > img { width: 3.8rem; } figure { width: 2.2rem; }
    ol { grid-template-columns: repeat(10, 1fr); gap: 0.4rem; }
    li { font-size: 8.5px; line-height: 1.2; }
    li small { line-height: 1.2; }
  }
"""


def filter_style(number):
    """CSS by which the choice `only-NUMBER` hides all articles of other categories."""
    return (
        f'  body:has(#only-{number}:checked) ol > li:not([data-category="{number}"]) '
        "{ display: none; }\n"
    )
