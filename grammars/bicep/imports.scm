(module_declaration (identifier) . (string) @path) @import
