(using_directive name: (identifier) (_) @path) @import
(using_directive !name [(identifier) (qualified_name)] @path) @import
