"""A typical AI twin: persona from S3 at import, conversations in S3, Bedrock Converse."""

import json
import os
import uuid
from datetime import datetime

import boto3
from botocore.exceptions import ClientError
from fastapi import FastAPI, HTTPException
from fastapi.middleware.cors import CORSMiddleware
from mangum import Mangum
from pydantic import BaseModel

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["*"],
    allow_methods=["GET", "POST", "OPTIONS"],
    allow_headers=["*"],
)

s3 = boto3.client("s3")
bedrock = boto3.client("bedrock-runtime")
MODEL = os.environ.get("BEDROCK_MODEL_ID", "eu.amazon.nova-lite-v1:0")
MEMORY = os.environ["MEMORY_BUCKET"]
DATA = os.environ["PERSONAL_DATA_BUCKET"]


def load(key):
    return s3.get_object(Bucket=DATA, Key=f"data/{key}")["Body"].read().decode()


facts = json.loads(load("facts.json"))
summary = load("summary.txt")


class ChatRequest(BaseModel):
    message: str
    session_id: str | None = None


class ChatResponse(BaseModel):
    response: str
    session_id: str


def prompt():
    return (
        f"You are the digital twin of {facts['full_name']}. Facts: {json.dumps(facts)}. Summary: {summary}. "
        f"It is {datetime.now()}. Answer only from these notes."
    )


def load_conversation(session_id):
    try:
        stored = s3.get_object(Bucket=MEMORY, Key=f"{session_id}.json")
        return json.loads(stored["Body"].read())
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return []
        raise


def save_conversation(session_id, messages):
    body = json.dumps(messages, indent=2)
    s3.put_object(Bucket=MEMORY, Key=f"{session_id}.json", Body=body, ContentType="application/json")


@app.get("/health")
def health():
    return {"status": "healthy"}


@app.post("/api/chat", response_model=ChatResponse)
async def chat(request: ChatRequest):
    session_id = request.session_id or str(uuid.uuid4())
    conversation = load_conversation(session_id)
    messages = [{"role": m["role"], "content": [{"text": m["content"]}]} for m in conversation[-20:]]
    messages.append({"role": "user", "content": [{"text": request.message}]})
    try:
        answer = bedrock.converse(
            modelId=MODEL,
            system=[{"text": prompt()}],
            messages=messages,
            inferenceConfig={"maxTokens": 1000, "temperature": 0.7},
        )
    except ClientError as error:
        raise HTTPException(status_code=500, detail=str(error))
    text = answer["output"]["message"]["content"][0]["text"]
    now = datetime.now().isoformat()
    conversation.append({"role": "user", "content": request.message, "timestamp": now})
    conversation.append({"role": "assistant", "content": text, "timestamp": now})
    save_conversation(session_id, conversation)
    return ChatResponse(response=text, session_id=session_id)


handler = Mangum(app, lifespan="off")
