"""The language server. Never imports llama_cpp."""
