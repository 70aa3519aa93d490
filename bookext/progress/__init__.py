"""Progress: what a reader has read, run, solved and answered, and the cards to review it by."""
