# An idiomatic Terraform version of the stack that `twinctl deploy` creates, for comparison. Lifecycle rules are omitted in
# Terraform's favor: its provider polls for 50 s after creating them.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

variable "web" { type = string }
variable "lambda_zip" { type = string }

provider "aws" {
  s3_use_path_style           = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_credentials_validation = true

  default_tags {
    tags = { project = "benchtwin", environment = "dev" }
  }
}

data "aws_caller_identity" "current" {}

locals {
  name    = "benchtwin-dev"
  account = data.aws_caller_identity.current.account_id
  buckets = toset(["frontend", "memory", "data"])
  types = {
    html = "text/html; charset=utf-8"
    css  = "text/css; charset=utf-8"
    js   = "text/javascript; charset=utf-8"
  }
}

resource "aws_s3_bucket" "twin" {
  for_each      = local.buckets
  bucket        = "${local.name}-${each.key}-${local.account}"
  force_destroy = true
}

resource "aws_s3_bucket_public_access_block" "twin" {
  for_each                = local.buckets
  bucket                  = aws_s3_bucket.twin[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "twin" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.twin[each.key].id
  rule { object_ownership = "BucketOwnerEnforced" }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "twin" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.twin[each.key].id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = "AES256" }
  }
}

resource "aws_s3_bucket_versioning" "twin" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.twin[each.key].id
  versioning_configuration { status = "Enabled" }
}

data "aws_iam_policy_document" "bucket" {
  for_each = local.buckets
  statement {
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.twin[each.key].arn, "${aws_s3_bucket.twin[each.key].arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
  dynamic "statement" {
    for_each = each.key == "frontend" ? [aws_cloudfront_distribution.front.arn] : []
    content {
      actions   = ["s3:GetObject", "s3:ListBucket"]
      resources = [aws_s3_bucket.twin[each.key].arn, "${aws_s3_bucket.twin[each.key].arn}/*"]
      principals {
        type        = "Service"
        identifiers = ["cloudfront.amazonaws.com"]
      }
      condition {
        test     = "StringEquals"
        variable = "AWS:SourceArn"
        values   = [statement.value]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "twin" {
  for_each   = local.buckets
  bucket     = aws_s3_bucket.twin[each.key].id
  policy     = data.aws_iam_policy_document.bucket[each.key].json
  depends_on = [aws_s3_bucket_public_access_block.twin]
}

resource "aws_s3_object" "web" {
  for_each      = fileset(var.web, "**")
  bucket        = aws_s3_bucket.twin["frontend"].id
  key           = each.value
  source        = "${var.web}/${each.value}"
  etag          = filemd5("${var.web}/${each.value}")
  content_type  = lookup(local.types, element(split(".", each.value), -1), "application/octet-stream")
  cache_control = endswith(each.value, ".html") ? "no-cache" : "public, max-age=31536000, immutable"
}

resource "aws_cloudwatch_log_group" "twin" {
  name              = "/aws/lambda/${local.name}"
  retention_in_days = 30
}

resource "aws_iam_role" "twin" {
  name = local.name
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "twin" {
  name = "twin"
  role = aws_iam_role.twin.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.twin.arn}:*"
      },
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
        Resource = "${aws_s3_bucket.twin["memory"].arn}/*"
      },
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = "${aws_s3_bucket.twin["data"].arn}/*"
      },
      {
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [aws_s3_bucket.twin["memory"].arn, aws_s3_bucket.twin["data"].arn]
      },
    ]
  })
}

resource "aws_lambda_function" "twin" {
  function_name    = local.name
  role             = aws_iam_role.twin.arn
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  filename         = var.lambda_zip
  source_code_hash = filebase64sha256(var.lambda_zip)
  memory_size      = 256
  timeout          = 29
  publish          = true
  depends_on       = [aws_cloudwatch_log_group.twin, aws_iam_role_policy.twin]
  environment {
    variables = {
      AI_PROVIDER          = "builtin"
      USE_S3               = "true"
      MEMORY_BUCKET        = aws_s3_bucket.twin["memory"].id
      PERSONAL_DATA_BUCKET = aws_s3_bucket.twin["data"].id
    }
  }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.twin.function_name
  function_version = aws_lambda_function.twin.version
}

resource "aws_apigatewayv2_api" "twin" {
  name          = local.name
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_integration" "twin" {
  api_id                 = aws_apigatewayv2_api.twin.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_alias.live.invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "twin" {
  api_id    = aws_apigatewayv2_api.twin.id
  route_key = "$default"
  target    = "integrations/${aws_apigatewayv2_integration.twin.id}"
}

resource "aws_apigatewayv2_stage" "twin" {
  api_id      = aws_apigatewayv2_api.twin.id
  name        = "$default"
  auto_deploy = true
  default_route_settings {
    throttling_burst_limit = 10
    throttling_rate_limit  = 5
  }
}

resource "aws_lambda_permission" "twin" {
  statement_id  = "http-api"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.twin.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.twin.execution_arn}/*/*"
}

resource "aws_cloudfront_origin_access_control" "front" {
  name                              = local.name
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_distribution" "front" {
  enabled             = true
  comment             = local.name
  default_root_object = "index.html"
  http_version        = "http2and3"

  origin {
    origin_id                = "web"
    domain_name              = aws_s3_bucket.twin["frontend"].bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.front.id
  }

  origin {
    origin_id   = "api"
    domain_name = regex("://([^:/]+)", aws_apigatewayv2_api.twin.api_endpoint)[0]
    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  default_cache_behavior {
    target_origin_id       = "web"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    compress               = true
    viewer_protocol_policy = "redirect-to-https"
    cache_policy_id        = "658327ea-f89d-4fab-a63d-7e88639e58f6" # CachingOptimized
  }

  dynamic "ordered_cache_behavior" {
    for_each = ["/api/*", "/chat", "/health", "/conversation/*"]
    content {
      path_pattern             = ordered_cache_behavior.value
      target_origin_id         = "api"
      allowed_methods          = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
      cached_methods           = ["GET", "HEAD"]
      compress                 = true
      viewer_protocol_policy   = "https-only"
      cache_policy_id          = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" # CachingDisabled
      origin_request_policy_id = "b689b0a8-53d0-40ab-baf2-68738e2966ac" # AllViewerExceptHostHeader
    }
  }

  restrictions {
    geo_restriction { restriction_type = "none" }
  }

  viewer_certificate { cloudfront_default_certificate = true }
}
