(using_declaration (qualified_identifier) @path) @import
(using_declaration "namespace" (identifier) @path) @import
