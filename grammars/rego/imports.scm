(module (import) . (ref) @import @path)
