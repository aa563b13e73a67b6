"""The engine's HTTP interface: OpenAI's and llama.cpp's routes over one scheduler."""
