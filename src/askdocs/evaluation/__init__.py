"""Questions with known answers and a library go in; every measure with its interval comes out.

dataset -> run (measures, intervals) -> table, rows
"""

from askdocs.evaluation.dataset import Dataset, Gold, Question
from askdocs.evaluation.loading import load_dataset
from askdocs.evaluation.rows import save_rows
from askdocs.evaluation.run import Askable, Report, Result, evaluate
from askdocs.evaluation.table import render

__all__ = [
    "Askable",
    "Dataset",
    "Gold",
    "Question",
    "Report",
    "Result",
    "evaluate",
    "load_dataset",
    "render",
    "save_rows",
]
