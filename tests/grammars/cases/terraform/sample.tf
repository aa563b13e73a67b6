terraform {
  required_version = ">= 1.0"
}

variable "size" {
  default = 1
}

locals {
  names = ["a"]
}

module "network" {
  source = "./network"
}

# A server.
resource "aws_instance" "web" {
  ami  = data.aws_ami.base.id
  tags = merge(local.names, var.size)‸
}

output "id" {
  value = aws_instance.web.id
}
