"""Reading what people bring themselves: a config.json, the head of a GGUF file, a form."""
