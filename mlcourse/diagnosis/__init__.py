"""Diagnosis of training: what is wrong with a model, its data or its fit, and what to change."""

from mlcourse.diagnosis.diagnose import DiagnosisCallback, diagnose
from mlcourse.diagnosis.findings import FAULTS, Diagnosis, Finding

__all__ = ["FAULTS", "Diagnosis", "DiagnosisCallback", "Finding", "diagnose"]
