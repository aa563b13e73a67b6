"""Repair: code fixed by a model, checked before anybody sees it.

reading = read(output, Finder(files))                # failures: what tools say is wrong, where
targets = localise(reading.failures, …)              # localise: definitions, ranked
edit = rewritten(text, target.region, answer, …)     # whole: a definition given back whole
texts = placed(blocks_in(answer), texts)             # blocks: search/replace blocks
checks = await verifier.verify(sources, texts)       # checks: in a workbench, a copy
apply(files, [Change.of(source, text)])              # apply: all files or none
undo(root)                                           # undo: the last change taken back
"""
