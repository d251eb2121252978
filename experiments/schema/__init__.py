"""What an experiment file may say: its keys, their types and limits, and pages made from them."""
