"""Questions with known answers and a library go in; every measure with its interval comes out.

loading (own_form, beir, squad) -> dataset -> run (measures, intervals) -> table, saved -> compare
"""

from askdocs.evaluation.dataset import Dataset, Gold, Question
from askdocs.evaluation.loading import load_dataset
from askdocs.evaluation.provenance import Provenance, provenance_of
from askdocs.evaluation.run import Askable, Report, Result, evaluate
from askdocs.evaluation.saved import SavedRun, load_run, save_run
from askdocs.evaluation.table import render

__all__ = [
    "Askable",
    "Dataset",
    "Gold",
    "Provenance",
    "Question",
    "Report",
    "Result",
    "SavedRun",
    "evaluate",
    "load_dataset",
    "load_run",
    "provenance_of",
    "render",
    "save_run",
]
