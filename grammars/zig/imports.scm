(SuffixExpr
  (BUILTINIDENTIFIER) @_import
  (FnCallArguments (ErrorUnionExpr (SuffixExpr (STRINGLITERALSINGLE) @path)))
  (#any-of? @_import "@import" "@cImport" "@embedFile")) @import
