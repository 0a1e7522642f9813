"""Every failure that a person can act on. The command line prints one line of it and exits with status 1.

AskdocsError
├── ReadError            a source cannot be read
├── NothingToIndexError  no article was left to index
├── IndexFolderError     an index cannot be used
│   ├── IndexMissingError    there is none
│   ├── IndexDamagedError    a file of it is gone or altered
│   ├── IndexForeignError    another encoder, format or version made it
│   └── IndexLockedError     another build is writing it
├── EncoderError         a model cannot be found, verified or loaded
│   └── EngineError          an engine or device cannot run this model here
├── LanguageModelError   a language model that is set does not answer
├── QuestionError        a question that cannot be asked
├── FilterError          limits on what is searched that mean nothing
├── MissingArticleError  no article has this id, or none of its versions is the one wanted
├── QuoteError           words that are not where they are said to be
├── DatasetError         an evaluation set with a fault
├── AnswerFileError      a saved answer that cannot be read
├── RunFileError         a saved run that cannot be read, written or compared
├── SettingError         a setting that means nothing
├── PageError            the chat page cannot be served
└── BusyError            more is asked at once than can be answered soon
"""


class AskdocsError(Exception):
    """An expected failure: its message says what was found, what was wanted and what to run."""


class ReadError(AskdocsError):
    """A source cannot be read: `source` names it, `reason` says why."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason


class NothingToIndexError(AskdocsError):
    """No article was left to index, so the old index stays."""


class IndexFolderError(AskdocsError):
    """An index folder cannot be used."""


class IndexMissingError(IndexFolderError):
    """There is no index in this folder."""


class IndexDamagedError(IndexFolderError):
    """A file of the index is gone or differs from its manifest."""


class IndexForeignError(IndexFolderError):
    """The index was made by another encoder, format or version."""


class IndexLockedError(IndexFolderError):
    """Another build is writing this index."""


class EncoderError(AskdocsError):
    """A model cannot be found, verified or loaded."""


class EngineError(EncoderError):
    """An engine or device cannot run this model here; torch on the CPU may."""


class LanguageModelError(AskdocsError):
    """A language model that is set does not answer: what was asked of it is done without it."""


class QuestionError(AskdocsError):
    """A question that cannot be asked, for example an empty one."""


class FilterError(AskdocsError):
    """Limits on what is searched that mean nothing, for example a date that is none."""


class MissingArticleError(AskdocsError):
    """No article has this id, or none of its versions is the one wanted: `article_id` names it."""

    def __init__(self, message: str, article_id: str) -> None:
        super().__init__(message)
        self.article_id = article_id


class QuoteError(AskdocsError):
    """Words that are not where they are said to be."""


class DatasetError(AskdocsError):
    """An evaluation set with a fault: names the file, the row and the reason."""


class AnswerFileError(AskdocsError):
    """A saved answer that cannot be read: names the file and the reason."""


class RunFileError(AskdocsError):
    """A saved run of an evaluation that cannot be read, written or compared."""


class SettingError(AskdocsError):
    """A setting that means nothing: names it and what was wanted."""


class PageError(AskdocsError):
    """The chat page cannot be served, for example because its port is taken."""


class BusyError(AskdocsError):
    """More is asked at once than can be answered soon: ask again in `seconds`."""

    def __init__(self, message: str, seconds: float = 1.0) -> None:
        super().__init__(message)
        self.seconds = seconds
