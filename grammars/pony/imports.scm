(use_statement (string) @path) @import
