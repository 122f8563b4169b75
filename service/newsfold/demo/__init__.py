"""Demo articles for Newsfold: invented English news, one JSON object a line.

articles.jsonl holds 14 articles from invented outlets about invented events,
web debris included: four stories told by two to five outlets (one of the
articles is a near copy of a wire text) and two that stand alone.
"""
