"""Official papers from a case: one dated template each, laid out by Nghị định 30/2020, as DOCX and PDF."""
