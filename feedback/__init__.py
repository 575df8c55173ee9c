"""The system of record: cases, triage, routing, deadlines, answers, people and the ledger."""
