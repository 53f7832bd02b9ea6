"""What the experiment `operators` is made of: its cases, their work, the machine's roof, and the pictures."""
