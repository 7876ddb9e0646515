"""Where keys are used from: networks, learned beside the calls and told to the control plane."""
