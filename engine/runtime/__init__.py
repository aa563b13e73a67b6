"""llama.cpp: model, sequences, scheduler, sampler; the engine process and its HTTP API."""
