"""The languages the pages speak: English as written in the code, German and French beside it.

Templates mark their words with ``_()`` and ``{% trans %}``. Sentences made below the pages stay
English in every answer, in JSON and in frozen shares; `phrasebook` turns them when they are shown.
"""
