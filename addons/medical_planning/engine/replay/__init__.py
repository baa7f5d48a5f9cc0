"""Replay: what a stocking rule would have done with the demand there was, without looking ahead."""
