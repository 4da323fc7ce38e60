//! The ten shapes. Long because each repository is described as a whole.

use super::{Form, FormerTwin};

/// A prompt as an f-string.
pub const CONTEXT: &str = include_str!("context.py.txt");
const PAGE: &str =
    "<!doctype html>\n<title>Former</title>\n<style>p { color: teal }</style>\n<p>Hello.</p>\n";
const PROVIDER: &str =
    "terraform {\n  backend \"s3\" {}\n}\nprovider \"aws\" {\n  region = var.aws_region\n}\n";
const VARIABLES: &str =
    "variable \"aws_region\" {\n  default = \"ap-northeast-1\"\n}\nvariable \"project_name\" {}\n";
const DEPLOY: &str =
    "PROJECT_NAME=${2:-weaver}\ncd terraform\nterraform apply -var=\"project_name=$PROJECT_NAME\"\n";
const WORKFLOW: &str = "jobs:\n  a:\n    steps:\n      - run: ./scripts/deploy.sh dev\n";
const FACTS: &str = "{\"full_name\": \"Mira Vale\", \"name\": \"Mira\"}";
const SUMMARY: &str = "Mira weaves maps on a loom.";
const WEAVES: [&str; 2] = ["What do you weave?", "maps"];

/// Returns a twin in each shape.
pub fn all() -> Vec<FormerTwin> {
    vec![
        course(),
        monorepo(),
        prompt_of_several_parts(),
        encrypted(),
        api_dialect(),
        pdf_beside_sources(),
        gradio(),
        next_page_in_french(),
        astro_page_in_spanish(),
        course_on_openai_in_portuguese(),
    ]
}

/// A twin with Terraform, deploy scripts, a prompt in Python and conversations as arrays.
pub fn course() -> FormerTwin {
    let question = ["Which is the largest map?", "Quillholm"];
    let twin = FormerTwin::new("course", "memory", Form::Array, question)
        .file(".git/HEAD", "ref: refs/heads/main\n")
        .file(".gitignore", "node_modules\n*.zip\n.env")
        .file("backend/server.py", "from context import prompt\n")
        .file("backend/context.py", CONTEXT)
        .file("backend/requirements.txt", "fastapi\n")
        .file("backend/data/facts.json", FACTS)
        .file("backend/data/summary.txt", SUMMARY)
        .file("backend/data/style.txt", "Short sentences.")
        .file("backend/data/portfolio.txt", "Her largest map shows Quillholm.")
        .file("frontend/out/index.html", PAGE)
        .file("terraform/main.tf", PROVIDER)
        .file("terraform/variables.tf", VARIABLES)
        .file("terraform/terraform.tfvars", "project_name = \"loom\"\n")
        .file("scripts/deploy.sh", DEPLOY)
        .file(".github/workflows/deploy.yml", WORKFLOW);
    FormerTwin {
        has_terraform: true,
        printed: &[
            "scripts/deploy.sh: project weaver",
            "terraform/variables.tf: region ap-northeast-1",
            ".github/workflows/deploy.yml: it applies Terraform",
        ],
        settings: &[
            "project: weaver ",
            "region: ap-northeast-1 ",
            "data: backend/data",
            "bundle: frontend/out",
        ],
        ..twin
    }
}

/// A twin in a subfolder, whose workflow is in the folder that GitHub reads.
pub fn monorepo() -> FormerTwin {
    let workflow = "on: push\nenv:\n  AWS_REGION: eu-central-1\njobs:\n  twin:\n    runs-on: ubuntu-latest\n    steps:\n      \
                    - run: terraform apply -auto-approve -var=project_name=hill\n        working-directory: apps/twin/terraform\n";
    let shop = "on: push\nenv:\n  AWS_REGION: us-west-2\njobs:\n  shop:\n    steps:\n      - run: terraform apply\n        \
                working-directory: apps/shop/terraform\n";
    let twin = FormerTwin::new("monorepo", "backend/memory", Form::Object, WEAVES)
        .file("backend/server.py", "app = None\n")
        .file("backend/data/personal_data/facts.json", "{\"full_name\": \"Mira Vale\"}")
        .file("backend/data/personal_data/summary.txt", SUMMARY)
        .file("frontend/build/index.html", PAGE)
        .file("terraform/main.tf", "resource \"aws_s3_bucket\" \"memory\" {}\nvariable \"project_name\" {}\n")
        .inside("apps/twin/")
        .file(".git/HEAD", "ref: refs/heads/main\n")
        .file("README.md", "Everything that Mira has written.\n")
        .file("package.json", "{\"workspaces\": [\"apps/*\"]}\n")
        .file("apps/shop/package.json", "{\"name\": \"shop\"}\n")
        .file("apps/shop/terraform/main.tf", "provider \"aws\" {\n  region = \"us-west-2\"\n}\n")
        .file("data/orders.csv", "1,loom\n")
        .file(".github/workflows/twin.yml", workflow)
        .file(".github/workflows/shop.yml", shop);
    FormerTwin {
        has_terraform: true,
        printed: &[
            "../../.github/workflows/twin.yml: project hill, region eu-central-1",
            "../../.github/workflows/twin.yml: it applies Terraform",
        ],
        settings: &[
            "project: hill ",
            "region: eu-central-1 ",
            "data: backend/data\n",
            "bundle: frontend/build",
        ],
        ..twin
    }
}

/// A prompt that calls other functions, beside several PowerShell and shell scripts.
fn prompt_of_several_parts() -> FormerTwin {
    let context = CONTEXT.replace("{linkedin}\n", "{linkedin}\n\n{answered_questions()}\n");
    let powershell = "param([string]$Environment = \"dev\", [string]$ProjectName = \"cartographer\")\n\
                      terraform apply \"-var=project_name=$ProjectName\"\n";
    let twin = FormerTwin::new("prompt of several parts", "memory", Form::Array, WEAVES)
        .file("backend/lambda_handler.py", "from server import app\n")
        .file("backend/context.py", context)
        .file("backend/data/facts.json", FACTS)
        .file("backend/data/summary.txt", SUMMARY)
        .file("backend/data/sources.json", "[]")
        .file("frontend/out/index.html", PAGE)
        .file("terraform/versions.tf", "provider \"aws\" {\n  # Uses the AWS CLI configuration\n}\n")
        .file("terraform/variables.tf", "variable \"project_name\" {}\nvariable \"environment\" {}\n")
        .file(
            "terraform/prod.tfvars",
            "project_name = \"cartographer\"\nenvironment = \"prod\"\nlambda_timeout = 25\n",
        )
        .file("scripts/deploy.ps1", powershell)
        .file("scripts/destroy.sh", "cd terraform && terraform destroy -auto-approve\n");
    FormerTwin {
        has_terraform: true,
        printed: &[
            "the system prompt in backend/context.py: `{answered_questions()}` has no equivalent",
            "scripts/deploy.ps1: project cartographer",
            "the region, which the Terraform files do not specify",
            "scripts/destroy.sh: it applies Terraform",
        ],
        settings: &["project: cartographer ", "data: backend/data"],
        ..twin
    }
}

/// Encrypted data files, which a workflow decrypts.
fn encrypted() -> FormerTwin {
    let workflow = "env:\n  AWS_REGION: eu-north-1\njobs:\n  a:\n    steps:\n      - run: |\n          for f in backend/data-encrypted/*; do \
                    openssl enc -d -aes-256-cbc -pbkdf2 -a -in $f -pass env:DATA_PASSWORD; done\n          cd terraform\n          terraform apply\n";
    let question = ["What does Ines cast?", "bells"];
    let twin = FormerTwin::new("encrypted", "memory", Form::InFolder, question)
        .file("backend/main.py", "app = None\n")
        .file("backend/prompts.py", CONTEXT)
        .file(
            "backend/data-encrypted/facts.json.encrypted",
            "U2FsdGVkX19a4PQRujlEed5ncQOkxwRNbCOWdrOWDSmQ1fAAmcDHsGbtyOa396/m\n\
             A2niIOVsGq3zJDjWXBmbX6UXdxmVDii0y83ak6fp7E530ocyIgcLay0UVpma4rMQ\n",
        )
        .file(
            "backend/data-encrypted/summary.txt.encrypted",
            "U2FsdGVkX1+pchAXBI8wi8XfDqdmGsEJJCBg/iJH18/iFcz5kwj+2Mieh05Pd0gg\n\
             RYsd1NQxnEucPcKhsk8CgM9rEq0u6vnObeWdvEkO2po=\n",
        )
        .file(
            "backend/data-encrypted/style.txt.encrypted",
            "U2FsdGVkX1/v81breNB9qDv7amJzvwHLDaUXQsbaAT0Vy06hd6BvsEGcaxsoO/Qy\n",
        )
        .file("backend/data/facts_template.json", "{\"full_name\": \"Your Name\"}")
        .file("frontend/out/index.html", PAGE)
        .file("terraform/terraform.tfvars", "project_name = \"bells\"\n")
        .file(".github/workflows/deploy.yaml", workflow);
    FormerTwin {
        has_terraform: true,
        passphrase: Some("bell-metal-and-rain"),
        printed: &[
            "backend/data-encrypted: facts.json.encrypted, summary.txt.encrypted",
            ".github/workflows/deploy.yaml: region eu-north-1",
        ],
        settings: &["project: bells ", "region: eu-north-1 ", "data: backend/data-encrypted"],
        ..twin
    }
}

/// The dialect `/api/*`, with the data files next to the sources of the backend.
fn api_dialect() -> FormerTwin {
    let twin = FormerTwin::new("api dialect", "history", Form::InFolder, WEAVES)
        .file("backend/main.py", "app = None\n")
        .file("backend/requirements.txt", "fastapi\n")
        .file("backend/secret_notes.txt", "never uploaded")
        .file("backend/me.txt", "I am Mira Vale. I weave maps on a loom.")
        .file("dist/index.html", PAGE)
        .file("infra/main.tf", "variable \"region\" {\n  default = \"eu-west-2\"\n}\nprovider \"aws\" {\n  region = var.region\n}\n")
        .file("infra/apply.sh", "terraform apply\n");
    FormerTwin {
        has_terraform: true,
        printed: &[
            "backend/secret_notes.txt: a twin reads no file of this name",
            "infra/apply.sh: it applies Terraform",
        ],
        settings: &["region: eu-west-2 ", "data: backend\n", "bundle: dist"],
        ..twin
    }
}

/// A PDF next to the sources of the backend, without Terraform.
fn pdf_beside_sources() -> FormerTwin {
    let question = ["What did you keep for nineteen years?", "lighthouse"];
    let twin = FormerTwin::new("pdf beside sources", "backend/local_storage", Form::Object, question)
        .file("backend/app.py", "app = None\n")
        .file("backend/me.pdf", include_bytes!("../../../persona/tests/pdf/linkedin.pdf"))
        .file("frontend/dist/index.html", PAGE);
    FormerTwin {
        settings: &["data: backend\n", "bundle: frontend/dist"],
        printed: &["backend: me.pdf"],
        ..twin
    }
}

/// A Gradio twin.
fn gradio() -> FormerTwin {
    let prompt = "system_prompt = f\"You are acting as {self.name}.\"\nsystem_prompt += self.summary\n";
    let twin = FormerTwin::new("gradio", "local_storage", Form::Object, WEAVES)
        .file("app.py", prompt)
        .file("requirements.txt", "gradio\n")
        .file("me/summary.txt", "I am Mira Vale. I weave maps on a loom.")
        .file("me/linkedin.pdf", include_bytes!("../../../persona/tests/pdf/linkedin.pdf"))
        .file("twin-web/dist/index.html", PAGE);
    FormerTwin {
        printed: &["the system prompt in app.py: it is put together by code"],
        settings: &["data: me\n"],
        ..twin
    }
}

/// The export of a Next.js page with inline styles, and a persona in French.
fn next_page_in_french() -> FormerTwin {
    let page = "<!DOCTYPE html><html lang=\"fr\"><head><meta charSet=\"utf-8\"/><title>Jumeau</title>\
                <link rel=\"stylesheet\" href=\"/_next/static/css/app-1f2e3d4c.css\" data-precedence=\"next\"/>\
                <script src=\"/_next/static/chunks/main-5a6b7c8d.js\" async=\"\"></script></head>\
                <body style=\"background:#fff\"><div style=\"color:teal;opacity:1\">Bonjour.</div>\
                <script>(self.__next_f=self.__next_f||[]).push([0])</script></body></html>";
    let question = ["Que restaure Maëlle ?", "horloges"];
    let twin = FormerTwin::new("next page in French", "memory", Form::Array, question)
        .file("backend/server.py", "from context import prompt\n")
        .file("backend/context.py", CONTEXT)
        .file(
            "backend/data/facts.json",
            "{\"full_name\": \"Maëlle Corvaisier\", \"name\": \"Maëlle\", \"ville\": \"Brumeval\"}",
        )
        .file(
            "backend/data/summary.txt",
            "Maëlle restaure des horloges anciennes dans son atelier de Brumeval.",
        )
        .file("backend/data/style.txt", "Tutoie les visiteurs. Phrases courtes.")
        .file("backend/data/réalisations.txt", "Elle a restauré l’horloge de la halle de Brumeval.")
        .file("frontend/package.json", "{\"dependencies\": {\"next\": \"16\"}}\n")
        .file("frontend/out/index.html", page)
        .file(
            "frontend/out/404.html",
            "<!DOCTYPE html><title>404</title><p style=\"margin:0\">Introuvable</p>",
        )
        .file("frontend/out/_next/static/css/app-1f2e3d4c.css", "body{font-family:serif}")
        .file("frontend/out/_next/static/chunks/main-5a6b7c8d.js", "console.log(1)")
        .file("terraform/main.tf", "provider \"aws\" {\n  region = \"eu-west-3\"\n}\n")
        .file("terraform/terraform.tfvars", "project_name = \"horloges\"\n");
    FormerTwin {
        has_terraform: true,
        printed: &["frontend/out: a built page"],
        settings: &["project: horloges ", "region: eu-west-3 ", "bundle: frontend/out"],
        ..twin
    }
}

/// The build of an Astro page with inline styles, and a persona in Spanish.
fn astro_page_in_spanish() -> FormerTwin {
    let page = "<!DOCTYPE html><html lang=\"es\"><head><meta charset=\"utf-8\"><title>Gemela</title>\
                <link rel=\"stylesheet\" href=\"/_astro/index.Bq3.css\"><style>main[data-astro-cid-x1]{color:teal}</style></head>\
                <body><main data-astro-cid-x1 style=\"--hue:210\">Hola.</main><script type=\"module\">document.title</script></body></html>";
    let question = ["¿Qué construye Iratxe?", "puentes"];
    let twin = FormerTwin::new("astro page in Spanish", "backend/history", Form::Object, question)
        .file("astro.config.mjs", "export default {}\n")
        .file("src/pages/index.astro", "<main>Hola.</main>\n")
        .file("dist/index.html", page)
        .file("dist/_astro/index.Bq3.css", "@font-face{font-family:N;src:url(https://fonts.example/n.woff2)}")
        .file("backend/main.py", "app = None\n")
        .file("backend/personal_data/facts.json", "{\"full_name\": \"Iratxe Olmedo\", \"name\": \"Iratxe\"}")
        .file("backend/personal_data/summary.txt", "Iratxe construye puentes de madera en Valdeniebla.")
        .file(
            "backend/personal_data/proyectos.md",
            "# Proyectos\n\nEl puente de los Sauces tiene cuarenta metros.\n",
        );
    FormerTwin {
        printed: &["dist: a built page", "backend/personal_data: facts.json, summary.txt, proyectos.md"],
        settings: &["data: backend/personal_data", "bundle: dist"],
        ..twin
    }
}

/// A course twin that asks OpenAI, with a persona in Portuguese.
fn course_on_openai_in_portuguese() -> FormerTwin {
    let variables = "variable \"openai_api_key\" {\n  sensitive = true\n}\nvariable \"openai_model\" {\n  default = \"gpt-4o-mini\"\n}\n";
    let question = ["O que a Jacira cultiva?", "orquídeas"];
    let twin = FormerTwin::new("course on OpenAI in Portuguese", "memory", Form::Array, question)
        .file("backend/server.py", "from openai import OpenAI\n")
        .file("backend/data/facts.json", "{\"full_name\": \"Jacira Montanhês\", \"name\": \"Jacira\"}")
        .file("backend/data/summary.txt", "Jacira cultiva orquídeas na serra de Pedra Mansa.")
        .file("backend/data/style.txt", "Frases curtas.")
        .file("frontend/out/index.html", PAGE)
        .file("terraform/main.tf", "provider \"aws\" {\n  region = \"sa-east-1\"\n}\n")
        .file("terraform/variables.tf", variables)
        .file(
            "terraform/terraform.tfvars",
            "project_name = \"orquidea\"\nopenai_api_key = \"sk-of-a-test\"\n",
        )
        .file("scripts/deploy.sh", "cd terraform\nterraform apply -auto-approve\n");
    FormerTwin {
        has_terraform: true,
        printed: &["scripts/deploy.sh: it applies Terraform"],
        settings: &["project: orquidea ", "region: sa-east-1 "],
        ..twin
    }
}
