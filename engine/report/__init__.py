"""Which of several checkpoints is better, where, and why: tables, charts and words that a page and a report share."""
