(import_declaration (string) @path) @import
