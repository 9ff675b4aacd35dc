CREATE TABLE "adapter_examples" (
	"adapter_id" bigint NOT NULL,
	"example_id" bigint NOT NULL,
	"part" text NOT NULL,
	"probability" double precision NOT NULL,
	"digest" text NOT NULL,
	"expired_at" timestamp with time zone,
	CONSTRAINT "adapter_examples_adapter_id_example_id_pk" PRIMARY KEY("adapter_id","example_id")
);
--> statement-breakpoint
CREATE TABLE "adapter_files" (
	"adapter_id" bigint NOT NULL,
	"name" text NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "adapter_files_adapter_id_name_pk" PRIMARY KEY("adapter_id","name")
);
--> statement-breakpoint
CREATE TABLE "examples" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "examples_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"message_id" bigint NOT NULL,
	"revision" bigint NOT NULL,
	"flag_id" uuid NOT NULL,
	"community_id" bigint NOT NULL,
	"language" text NOT NULL,
	"probability" double precision NOT NULL,
	"part" text NOT NULL,
	"permission" text NOT NULL,
	"scope" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "examples_once" UNIQUE("message_id","revision"),
	CONSTRAINT "examples_part" CHECK ("examples"."part" in ('train', 'dev', 'holdout')),
	CONSTRAINT "examples_probability" CHECK ("examples"."probability" between 0 and 1)
);
--> statement-breakpoint
CREATE TABLE "training_runs" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "training_runs_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"base" text NOT NULL,
	"name" text NOT NULL,
	"community_id" bigint,
	"language" text NOT NULL,
	"cause" text NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	"outcome" text,
	"adapter_id" bigint,
	CONSTRAINT "training_runs_finished" CHECK (("training_runs"."finished_at" is null) = ("training_runs"."outcome" is null))
);
--> statement-breakpoint
CREATE TABLE "weekly_reports" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "weekly_reports_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"community_id" bigint NOT NULL,
	"day" text NOT NULL,
	"lessons" jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"reference" jsonb,
	"shown_version" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "weekly_reports_once" UNIQUE("community_id","day")
);
--> statement-breakpoint
ALTER TABLE "adapters" ADD COLUMN "community_id" bigint;--> statement-breakpoint
ALTER TABLE "adapters" ADD COLUMN "parent_id" bigint;--> statement-breakpoint
ALTER TABLE "adapters" ADD COLUMN "ledger" text;--> statement-breakpoint
ALTER TABLE "adapters" ADD COLUMN "served_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "adapters" ADD COLUMN "lesson" jsonb;--> statement-breakpoint
ALTER TABLE "adapter_examples" ADD CONSTRAINT "adapter_examples_adapter_id_adapters_id_fk" FOREIGN KEY ("adapter_id") REFERENCES "public"."adapters"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "adapter_files" ADD CONSTRAINT "adapter_files_adapter_id_adapters_id_fk" FOREIGN KEY ("adapter_id") REFERENCES "public"."adapters"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "examples" ADD CONSTRAINT "examples_flag_id_flags_id_fk" FOREIGN KEY ("flag_id") REFERENCES "public"."flags"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "examples" ADD CONSTRAINT "examples_community_id_communities_id_fk" FOREIGN KEY ("community_id") REFERENCES "public"."communities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "examples" ADD CONSTRAINT "examples_text" FOREIGN KEY ("message_id","revision") REFERENCES "public"."texts"("message_id","revision") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "training_runs" ADD CONSTRAINT "training_runs_community_id_communities_id_fk" FOREIGN KEY ("community_id") REFERENCES "public"."communities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "training_runs" ADD CONSTRAINT "training_runs_adapter_id_adapters_id_fk" FOREIGN KEY ("adapter_id") REFERENCES "public"."adapters"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "weekly_reports" ADD CONSTRAINT "weekly_reports_community_id_communities_id_fk" FOREIGN KEY ("community_id") REFERENCES "public"."communities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "adapter_examples_example" ON "adapter_examples" USING btree ("example_id");--> statement-breakpoint
CREATE INDEX "examples_adapter" ON "examples" USING btree ("community_id","language");--> statement-breakpoint
CREATE UNIQUE INDEX "training_runs_open" ON "training_runs" USING btree ("base","name") WHERE "training_runs"."finished_at" is null;--> statement-breakpoint
CREATE INDEX "training_runs_community" ON "training_runs" USING btree ("community_id");--> statement-breakpoint
ALTER TABLE "adapters" ADD CONSTRAINT "adapters_community_id_communities_id_fk" FOREIGN KEY ("community_id") REFERENCES "public"."communities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "adapters" ADD CONSTRAINT "adapters_parent_id_adapters_id_fk" FOREIGN KEY ("parent_id") REFERENCES "public"."adapters"("id") ON DELETE set null ON UPDATE no action;