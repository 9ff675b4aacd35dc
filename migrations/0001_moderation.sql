CREATE TABLE "appeals" (
	"flag_id" uuid NOT NULL,
	"revision" bigint NOT NULL,
	"member" text NOT NULL,
	"statement" "bytea",
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"outcome" text,
	"answered_by" text,
	"answer" "bytea",
	"answered_at" timestamp with time zone,
	CONSTRAINT "appeals_flag_id_revision_pk" PRIMARY KEY("flag_id","revision"),
	CONSTRAINT "appeals_outcome" CHECK ("appeals"."outcome" in ('upheld', 'overturned')),
	CONSTRAINT "appeals_answered" CHECK (("appeals"."outcome" is null) = ("appeals"."answered_at" is null))
);
--> statement-breakpoint
CREATE TABLE "card_hours" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "card_hours_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"channel_id" bigint NOT NULL,
	"hour" timestamp with time zone NOT NULL,
	"shown" integer DEFAULT 0 NOT NULL,
	"held" integer DEFAULT 0 NOT NULL,
	"reference" jsonb,
	"shown_held" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "card_hours_once" UNIQUE("channel_id","hour")
);
--> statement-breakpoint
CREATE TABLE "escalations" (
	"flag_id" uuid NOT NULL,
	"revision" bigint NOT NULL,
	"moderator" text NOT NULL,
	"reason" "bytea",
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "escalations_flag_id_revision_pk" PRIMARY KEY("flag_id","revision")
);
--> statement-breakpoint
CREATE TABLE "ignores" (
	"community_id" bigint NOT NULL,
	"kind" text NOT NULL,
	"external_id" text NOT NULL,
	"by" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "ignores_community_id_kind_external_id_pk" PRIMARY KEY("community_id","kind","external_id"),
	CONSTRAINT "ignores_kind" CHECK ("ignores"."kind" in ('channel', 'category', 'role', 'user'))
);
--> statement-breakpoint
CREATE TABLE "opt_outs" (
	"community_id" bigint NOT NULL,
	"member" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "opt_outs_community_id_member_pk" PRIMARY KEY("community_id","member")
);
--> statement-breakpoint
CREATE TABLE "reports" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "reports_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"flag_id" uuid NOT NULL,
	"reporter" text,
	"revision" bigint NOT NULL,
	"reason" "bytea",
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "reports_once" UNIQUE("flag_id","revision","reporter")
);
--> statement-breakpoint
ALTER TABLE "flags" DROP CONSTRAINT "flags_state";--> statement-breakpoint
ALTER TABLE "channels" ALTER COLUMN "mode" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "channels" ALTER COLUMN "mode" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "channels" ALTER COLUMN "threshold" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "channels" ALTER COLUMN "threshold" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "labels" ALTER COLUMN "at" SET DEFAULT clock_timestamp();--> statement-breakpoint
ALTER TABLE "channels" ADD COLUMN "parent" text;--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "mode" text DEFAULT 'observe' NOT NULL;--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "threshold" double precision DEFAULT 0.5 NOT NULL;--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "review_channel" text;--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "language" text;--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "cards_per_hour" integer;--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "notify" jsonb;--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "retention_days" integer DEFAULT 30 NOT NULL;--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "training_permission" text;--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "training_by" text;--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "training_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "set_up_by" text;--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "set_up_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "flags" ADD COLUMN "origin" text DEFAULT 'score' NOT NULL;--> statement-breakpoint
ALTER TABLE "flags" ADD COLUMN "held" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "flags" ADD COLUMN "notify" text;--> statement-breakpoint
ALTER TABLE "flags" ADD COLUMN "notified_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "labels" ADD COLUMN "targets" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "labels" ADD COLUMN "manifestations" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "labels" ADD COLUMN "note" "bytea";--> statement-breakpoint
ALTER TABLE "labels" ADD COLUMN "first_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "attachments" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "appeals" ADD CONSTRAINT "appeals_flag_id_flags_id_fk" FOREIGN KEY ("flag_id") REFERENCES "public"."flags"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "card_hours" ADD CONSTRAINT "card_hours_channel_id_channels_id_fk" FOREIGN KEY ("channel_id") REFERENCES "public"."channels"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalations" ADD CONSTRAINT "escalations_flag_id_flags_id_fk" FOREIGN KEY ("flag_id") REFERENCES "public"."flags"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ignores" ADD CONSTRAINT "ignores_community_id_communities_id_fk" FOREIGN KEY ("community_id") REFERENCES "public"."communities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "opt_outs" ADD CONSTRAINT "opt_outs_community_id_communities_id_fk" FOREIGN KEY ("community_id") REFERENCES "public"."communities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reports" ADD CONSTRAINT "reports_flag_id_flags_id_fk" FOREIGN KEY ("flag_id") REFERENCES "public"."flags"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "appeals_member" ON "appeals" USING btree ("member");--> statement-breakpoint
CREATE INDEX "reports_reporter" ON "reports" USING btree ("reporter");--> statement-breakpoint
CREATE INDEX "flags_notified" ON "flags" USING btree ("community_id","notified_at");--> statement-breakpoint
CREATE INDEX "labels_moderator" ON "labels" USING btree ("moderator");--> statement-breakpoint
CREATE INDEX "messages_author" ON "messages" USING btree ("author","channel_id");--> statement-breakpoint
ALTER TABLE "communities" ADD CONSTRAINT "communities_mode" CHECK ("communities"."mode" in ('observe', 'review'));--> statement-breakpoint
ALTER TABLE "communities" ADD CONSTRAINT "communities_threshold" CHECK ("communities"."threshold" between 0 and 1);--> statement-breakpoint
ALTER TABLE "communities" ADD CONSTRAINT "communities_retention" CHECK ("communities"."retention_days" between 1 and 30);--> statement-breakpoint
ALTER TABLE "communities" ADD CONSTRAINT "communities_cards" CHECK ("communities"."cards_per_hour" >= 0);--> statement-breakpoint
ALTER TABLE "communities" ADD CONSTRAINT "communities_training" CHECK (("communities"."training_permission" is null) = ("communities"."training_by" is null) and ("communities"."training_by" is null) = ("communities"."training_at" is null));--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_origin" CHECK ("flags"."origin" in ('score', 'report', 'moderator'));--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_state" CHECK ("flags"."state" in ('open', 'decided', 'withdrawn', 'removed', 'forgotten'));--> statement-breakpoint
UPDATE "communities" SET "mode" = 'review' WHERE "platform" = 'local';--> statement-breakpoint
UPDATE "communities" SET "cards_per_hour" = 20 WHERE "platform" <> 'local';--> statement-breakpoint
UPDATE "labels" SET "first_at" = "at";
