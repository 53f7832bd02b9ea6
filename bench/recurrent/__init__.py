"""What the experiments on recurrent networks share; free of TVM and torch, so that configs can be read without them."""
