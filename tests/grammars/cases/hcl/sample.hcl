# A job.
job "shapes" {
  region = "eu"

  group "web" {
    count = max(1, 2)‸
  }
}
