"""Reference runs: small runs whose results are kept here and compared exactly by a test.

`tiny.json`, `counties.json` and `everything.json` hold the runs of `worlds.py`.  A change of the
code that moves one of their numbers fails `tests/test_reference.py`.  Where the change is meant:

    python -m tests.reference.update                    writes them anew, prints what moved
    python -m tests.reference.digest FOLDER [OTHER]     the same for folders of results

The first prints a digest, which an entry RESULTS CHANGE of CHANGELOG.md has to name.
"""
