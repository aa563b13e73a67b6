(include_statement (string) @path) @import
