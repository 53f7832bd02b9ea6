"""What the machine did while an experiment ran: sampled by a process of its own, kept, summed up."""
