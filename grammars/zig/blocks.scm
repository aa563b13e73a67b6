[(Block) (ContainerDecl) (InitList) (SwitchExpr)] @block
