"""Findings of specification curves: what other defensible choices would have given."""
