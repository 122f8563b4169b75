"""Is what is said borne out? The checks of `attribute` and peers on edited real sentences.

cases       real sentences with their evidence, and false variants made by training.verifier
paraphrases sentences about invented events, written and labelled by hand (tests/data/paraphrases)
systems     the rules, their peers, a verifier: each a doubt per case
citations   what extractive summaries cite, and what checking costs
thresholds  what other thresholds would buy
report      the goals, the table for people and the one for programs

`python -m benchmarks.evidence` needs the corpora; see benchmarks.corpora.
"""
